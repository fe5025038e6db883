raise RuntimeError("This module cannot be imported.")
