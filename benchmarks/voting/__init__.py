"""What the benchmarks of votes share."""
