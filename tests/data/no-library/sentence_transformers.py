raise ImportError("it stands in for a library that is not installed")
