"""What an error says: built-in texts and editors' rows, in the reader's language, for a part of the site."""
