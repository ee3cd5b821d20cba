"""The desktop front end. PySide6 lives here and only here."""
