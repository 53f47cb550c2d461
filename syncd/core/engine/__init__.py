"""The playbook as one generated program, and the leads as packed as it reads them.

`program(playbook)` compiles once and remembers. `Program.screen` looks a lead over from its packed state;
`decide` is for those whom the screening does not let stay.
"""

from syncd.core.engine.held import Held, Screened, held
from syncd.core.engine.packed import Packed, pack, unpack
from syncd.core.engine.program import Program, Stance, program

__all__ = ["Held", "Packed", "Program", "Screened", "Stance", "held", "pack", "program", "unpack"]
