"""Every 4xx that a Django site sends, explained to its reader."""

__version__ = "0.1.0"
