"""The data of a network: made, measured or pasted, then parted, prepared and handed out as rows."""
