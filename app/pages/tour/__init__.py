"""The guided tour: its stops, and the note that goes along with each."""
