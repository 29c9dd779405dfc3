"""A table as it leaves the desk: columns with names and units, written as CSV or Parquet, or as lines to paste."""
