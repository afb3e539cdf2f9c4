"""What `lrbench bench` measures, one part a file.

A part is a module with

* `SIZES: dict[str, tuple[int, ...]]`: the letters that a user may set, with what is measured otherwise;
* `measure(bench: Bench) -> list[Row]`: measures it. It reads `bench.sizes_of(SIZES)`, tells what it does with
  `bench.say`, leaves out what cannot be done with `bench.leave_out`, and hands what it has to `bench.keep`.
"""
