"""What the chapters compute: one module a chapter, one function a table."""
