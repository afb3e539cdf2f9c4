"""Tasks, models and experiments from outside: installed packages that declare themselves, and folders of one's own."""
