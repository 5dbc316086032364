"""Two kinds of layers that the product does not have, put into its table before anything reads it.

pytest takes this package as a plugin (`-p tests.toys`), so that it comes before every other module.
"""

from app.nn.layers.kinds import LAYERS
from tests.toys.echo import Echo
from tests.toys.shift import Shift

LAYERS |= {"shift": Shift, "echo": Echo}
