"""What `lrbench new` starts from: files with Jinja placeholders, in a clone and as a package of one's own."""
