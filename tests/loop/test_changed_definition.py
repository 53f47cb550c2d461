"""A daemon that starts with another definition looks at everybody once, and says why somebody moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncd.core.model import Cause
from syncd.jobs.cycle import Cycle
from syncd.jobs.verify import verify
from syncd.store.tables import leads, playbooks, scores, transitions
from tests.evaluation.world import with_points
from tests.loop.harness import Loop, loop


def restarted(it: Loop, factor: float) -> Cycle:
    """The same installation with other points, begun again, without a folder that says otherwise."""
    changed = with_points(it.cycle.parts.playbook, factor, "changed")
    parts = replace(it.cycle.parts, playbook=changed, chosen=None, renewed=None)
    cycle = Cycle(parts, it.cycle.token)
    cycle.begin()
    return cycle


@pytest.mark.slow
def test_everybody_is_judged_by_the_changed_definition_once(tmp_path: Path) -> None:
    """Polls look at a part each; nothing is pulled for it, and whoever moves moves for this reason."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db", world="company", contacts=120) as it:
        it.advance(minutes=30)
        it.sync(minutes=30)
        with it.store.read() as tx:
            before = tx.execute(sa.select(sa.func.count()).select_from(transitions)).scalar_one()
        cycle = restarted(it, 0.4)
        cycle.poll()
        with it.store.read() as tx:
            versions = set(
                tx.execute(
                    sa.select(playbooks.c.evaluation_version).join(
                        scores, scores.c.playbook_version == playbooks.c.version
                    )
                ).scalars()
            )
            moved = tx.execute(
                sa.select(transitions.c.cause).where(transitions.c.playbook_version == "changed")
            ).scalars()
            causes = set(moved)
            waiting = tx.execute(sa.select(leads.c.lead_id).where(leads.c.dirty_at.is_not(None))).all()
        assert (versions, waiting) == ({"changed"}, [])
        assert before > 0
        assert causes == {Cause.PLAYBOOK_CHANGED}
        assert verify(it.store, cycle.parts.playbook, it.now).differences == ()
