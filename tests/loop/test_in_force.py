"""A changed playbook is not in force until a person applied it, whatever is edited, killed or restarted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncd import app, in_force
from syncd.cli import plan_playbook
from syncd.cli.place import Place
from syncd.core.model import Cause
from syncd.jobs import in_force as rules
from syncd.jobs.cycle import Cycle
from syncd.jobs.impact import impact
from syncd.jobs.verify import verify
from syncd.settings.loading import load_files
from syncd.store import lease, versions, work
from syncd.store.tables import playbook_terms, scores, transitions
from tests.loop.harness import TTL_S, Loop, loop

LOOSER = ("score: engagement, at_least: 30}", "score: engagement, at_least: 2}")
"""Of the first MQL level: whoever does anything gets there."""


def edit(it: Loop, old: str, new: str, name: str = "levels.yaml") -> None:
    """Somebody edits a file of the folder."""
    path = it.loaded.settings.config_dir / name
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def folder_version(it: Loop) -> str:
    return it.loaded.again().playbook.version


def working(it: Loop) -> str:
    return it.cycle.parts.playbook.version


def in_force_now(it: Loop) -> str:
    with it.store.read() as tx:
        term = versions.in_force(tx)
    assert term is not None
    return term.version


def place_of(it: Loop) -> Place:
    """The profile as a command opens it."""
    folder = it.loaded.again()
    loaded, chosen = in_force.choose(folder, it.store)
    return Place(loaded, it.store, is_demo=False, now=it.now, folder=folder, chosen=chosen)


def ask(it: Loop, version: str, against: str, *, back: bool = False) -> int:
    """A person asks for a version, as the command does; nobody has executed it yet."""
    with it.store.write(None) as tx:
        arguments = {"version": version, "against": against, "back": back}
        return work.ask(tx, "apply_playbook", "Robin", arguments, it.now)


def answer(it: Loop, request_id: int) -> tuple[str, str]:
    with it.store.read() as tx:
        found = work.answered(tx, request_id)
    assert found is not None
    return found


def apply(it: Loop) -> None:
    """Look and apply, as a person does."""
    place = place_of(it)
    assert plan_playbook.section(place, "Robin") is not None
    request = ask(it, place.folder.playbook.version, in_force_now(it))
    it.cycle.poll()
    assert answer(it, request)[0] == "done"


def restarted(it: Loop) -> None:
    """The process ends and another one begins, with nothing but the folder and the store."""
    parts = app.build_for_sandbox(it.loaded.again(), lambda: it.sandbox.now, _url(it))
    it.cycle.token.release()
    app.close(it.cycle.parts)
    token = lease.take(parts.store, lease.owner_name(), TTL_S)
    assert token is not None
    it.cycle = Cycle(parts, token)
    it.cycle.begin()


def _url(it: Loop) -> str:
    return it.store.url.render_as_string(hide_password=False)


@contextmanager
def nobody(folder: Path, *, live: bool = True) -> Iterator[Loop]:
    """An installation where it does not matter whom a version would move."""
    with loop(folder, f"sqlite:///{folder}/syncd.db", live=live) as it:
        yield it
        app.close(it.cycle.parts)


@contextmanager
def company(folder: Path, url: str, *, live: bool = True) -> Iterator[Loop]:
    """Some hundred people with a past."""
    with loop(folder, url, world="company", contacts=40, live=live) as it:
        it.sync(minutes=30)
        yield it
        app.close(it.cycle.parts)


def scored_by(it: Loop) -> set[str]:
    with it.store.read() as tx:
        return set(tx.execute(sa.select(scores.c.playbook_version)).scalars())


def causes(it: Loop, version: str) -> set[str]:
    """Why leads moved under this version."""
    with it.store.read() as tx:
        query = sa.select(transitions.c.cause).where(transitions.c.playbook_version == version)
        return set(tx.execute(query).scalars())


# --- waiting and applying --------------------------------------------------------------------------------


def test_a_changed_folder_waits_until_a_person_applies_it(tmp_path: Path, store_url: str) -> None:
    """A running loop and a restarted one go on under the version in force; applied, it is taken up without a
    restart, everybody is looked at once, and whoever moves moves for this reason."""
    with company(tmp_path, store_url) as it:
        first = working(it)
        edit(it, *LOOSER)
        other = folder_version(it)
        it.sync(minutes=5)
        assert (working(it), scored_by(it)) == (first, {first})
        restarted(it)
        it.sync(minutes=5)
        assert (working(it), in_force_now(it), scored_by(it)) == (first, first, {first})
        waits = plan_playbook.waits(place_of(it))
        assert waits is not None
        assert (waits["version"], waits["in_force"], waits["next"]) == (other, first, "syncd plan")
        apply(it)
        assert working(it) == other
        it.sync(minutes=5)
        assert (in_force_now(it), scored_by(it)) == (other, {other})
        assert causes(it, other) == {Cause.PLAYBOOK_CHANGED}
        assert verify(it.store, it.cycle.parts.playbook, it.now).differences == ()
        assert plan_playbook.waits(place_of(it)) is None
        with it.store.read() as tx:
            term = versions.in_force(tx)
        assert term is not None
        assert (term.person, term.how) == ("Robin", "applied")


def test_what_is_shown_comes_true(tmp_path: Path) -> None:
    """The moves that are foretold are those that the full pass then makes."""
    with company(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        edit(it, *LOOSER)
        place = place_of(it)
        section = plan_playbook.section(place, "Robin")
        assert section is not None
        foretold = {(row["before"], row["after"]): row["leads"] for row in section["leads"]["counts"]}
        assert section["leads"]["looked_at"] > 0
        assert not section["leads"]["sampled"]
        apply(it)
        with it.store.read() as tx:
            query = sa.select(transitions.c.lead_id).where(transitions.c.playbook_version == working(it))
            moved = set(tx.execute(query).scalars())
        assert len(moved) == sum(foretold.values()) > 0, foretold
        assert any("2 points or more" in item["after"] for item in section["changes"])


def test_a_delivery_part_waits_as_well(tmp_path: Path) -> None:
    """Nobody changes level, and what would be written otherwise is told in a sentence."""
    with nobody(tmp_path) as it:
        first = working(it)
        edit(it, "max_age_hours: ", "max_age_hours: 1", "alerts.yaml")
        it.sync(minutes=5)
        assert working(it) == first
        section = plan_playbook.section(place_of(it), "Robin")
        assert section is not None
        assert section["leads"]["moved"] == 0
        assert any(line.startswith("Alerts, oldest sent, hours: was ") for line in section["writes"])


def test_a_folder_edited_and_put_back_waits_no_longer(tmp_path: Path) -> None:
    """While it waits its facts are read too; put back, everything is as before, with nothing applied."""
    with nobody(tmp_path) as it:
        first = working(it)
        edit(it, *LOOSER)
        edit(it, "company.industry", "company.annualrevenue")
        it.cycle.poll()
        chosen = it.cycle.parts.chosen
        assert chosen is not None
        assert chosen.waiting is not None
        hubspot = it.cycle.parts.connectors[0]
        assert "annualrevenue" in hubspot._options.company_properties  # type: ignore[attr-defined]
        assert "industry" in hubspot._options.company_properties  # type: ignore[attr-defined]
        edit(it, LOOSER[1], LOOSER[0])
        edit(it, "company.annualrevenue", "company.industry")
        it.cycle.poll()
        chosen = it.cycle.parts.chosen
        assert chosen is not None
        assert (chosen.waiting, working(it)) == (None, first)
        with it.store.read() as tx:
            assert work.get_meta(tx, rules.WAITING) == ""
            assert tx.execute(sa.select(sa.func.count()).select_from(playbook_terms)).scalar_one() == 1


def test_comments_and_order_are_no_change(tmp_path: Path) -> None:
    with nobody(tmp_path) as it:
        edit(it, "# The gate", "# Our gate")
        it.sync(minutes=5)
        assert plan_playbook.waits(place_of(it)) is None
        restarted(it)
        with it.store.read() as tx:
            assert "# Our gate" in versions.sources_of(tx, working(it))["levels.yaml"]


def test_a_broken_folder_changes_nothing(tmp_path: Path) -> None:
    """Half an edit is on the disk: the loop works on, and takes the whole edit for what it is."""
    with nobody(tmp_path) as it:
        first = working(it)
        edit(it, "near_sql:", "near_sqll:")
        assert it.sync(minutes=5).status == "succeeded"
        assert working(it) == first
        edit(it, "near_sqll:", "near_sql:")
        assert it.sync(minutes=5).status == "succeeded"


def test_before_go_live_the_folder_acts_at_once(tmp_path: Path, store_url: str) -> None:
    """Nothing leaves yet, so that nothing has to be applied; going live keeps what the folder says then."""
    with company(tmp_path, store_url, live=False) as it:
        edit(it, *LOOSER)
        other = folder_version(it)
        it.sync(minutes=5)
        assert (working(it), in_force_now(it), scored_by(it)) == (other, other, {other})
        assert plan_playbook.section(place_of(it)) is None
        request = ask(it, other, other)
        it.cycle.poll()
        assert answer(it, request)[0] == "refused"
        it.go_live()
        edit(it, LOOSER[1], LOOSER[0])
        it.sync(minutes=5)
        assert working(it) == other


# --- refused ---------------------------------------------------------------------------------------------


def test_what_nobody_was_shown_is_not_applied(tmp_path: Path) -> None:
    """Neither unseen, nor as it was seen against a version that is no longer in force, nor twice."""
    with nobody(tmp_path) as it:
        first = working(it)
        edit(it, *LOOSER)
        looser = folder_version(it)
        unseen = ask(it, looser, first)
        it.cycle.poll()
        assert "run `syncd plan` first" in answer(it, unseen)[1]
        plan_playbook.section(place_of(it), "Robin")
        edit(it, "at_least: 2}", "at_least: 20}")
        other = folder_version(it)
        plan_playbook.section(place_of(it), "Robin")
        asked = [ask(it, looser, first), ask(it, other, first), ask(it, looser, first)]
        it.cycle.poll()
        told = [answer(it, request) for request in asked]
        assert [result for result, _why in told] == ["done", "refused", "refused"]
        assert "put in force meanwhile" in told[1][1]
        assert "in force already" in told[2][1]
        assert "by Robin" in told[2][1]
        assert working(it) == looser


# --- going back ------------------------------------------------------------------------------------------


def test_going_back_is_one_command(tmp_path: Path) -> None:
    """From the files the store kept, though the folder was edited again; with its files where asked."""
    with company(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        first, levels = working(it), it.loaded.settings.config_dir / "levels.yaml"
        original = levels.read_bytes()
        edit(it, *LOOSER)
        apply(it)
        looser = working(it)
        edit(it, "at_least: 2}", "at_least: 20}")
        edited = levels.read_bytes()
        it.cycle.token.release()
        assert plan_playbook.go_back(place_of(it), "Kim", yes=True, write=True, json=True) == 0
        assert levels.read_bytes() == original
        assert levels.with_name("levels.yaml.bak").read_bytes() == edited
        restarted(it)
        it.sync(minutes=5)
        assert (working(it), in_force_now(it), scored_by(it)) == (first, first, {first})
        with it.store.read() as tx:
            term = versions.in_force(tx)
            before = versions.term_before(tx, term) if term else None
        assert term is not None
        assert before is not None
        assert (term.person, term.how, before.version) == ("Kim", "back", looser)
        assert plan_playbook.waits(place_of(it)) is None


# --- killed, restarted, two at once ----------------------------------------------------------------------


def test_killed_between_the_request_and_the_switch(tmp_path: Path, store_url: str) -> None:
    """Asked for and not executed; executed and not taken up; taken up with the pass half done: each time
    another process finishes it."""
    with company(tmp_path, store_url) as it:
        first = working(it)
        edit(it, *LOOSER)
        looser = folder_version(it)
        plan_playbook.section(place_of(it), "Robin")
        request = ask(it, looser, first)
        restarted(it)
        assert (working(it), in_force_now(it)) == (first, first)
        with it.store.write(it.cycle.token) as tx:
            said = rules.apply(tx, {"version": looser, "against": first}, "Robin", it.now)
        assert looser in said
        restarted(it)
        assert working(it) == looser
        restarted(it)
        it.sync(minutes=5)
        assert "in force already" in answer(it, request)[1]
        assert scored_by(it) == {looser}


def test_another_daemon_takes_up_what_was_applied_before_it_held_the_lease(tmp_path: Path) -> None:
    """It was built while the old version was in force, and stood by."""
    with nobody(tmp_path) as it:
        standby = app.build_for_sandbox(it.loaded.again(), lambda: it.sandbox.now, _url(it))
        edit(it, *LOOSER)
        apply(it)
        looser = working(it)
        it.cycle.token.release()
        app.close(it.cycle.parts)
        token = lease.take(standby.store, lease.owner_name(), TTL_S)
        assert token is not None
        it.cycle = Cycle(standby, token)
        it.cycle.begin()
        it.sync(minutes=5)
        assert (working(it), in_force_now(it)) == (looser, looser)


def test_a_switch_between_building_and_taking_up_is_noticed(tmp_path: Path) -> None:
    """Parts chosen under one version never put it in force again over another."""
    with nobody(tmp_path) as it:
        edit(it, *LOOSER)
        parts = app.build_for_sandbox(it.loaded.again(), lambda: it.sandbox.now, _url(it))
        apply(it)
        with it.store.write(it.cycle.token) as tx:
            assert not rules.take_up(tx, parts, it.now)
        app.close(parts)
        assert in_force_now(it) == folder_version(it)


# --- another release -------------------------------------------------------------------------------------


def test_the_version_in_force_survives_other_shipped_defaults(tmp_path: Path) -> None:
    """A profile without a folder of its own works by the shipped one, which a release may change: what was in
    force stays, and the new one waits."""
    with nobody(tmp_path) as it:
        first = working(it)
        shipped = tmp_path / "shipped"
        it.loaded.settings.config_dir.rename(shipped)
        it.loaded = replace(it.loaded, settings=replace(it.loaded.settings, config_dir=shipped))
        edit(it, *LOOSER)
        restarted(it)
        it.sync(minutes=5)
        assert working(it) == first


def test_the_same_files_with_another_meaning_are_no_change(tmp_path: Path) -> None:
    """A release that normalises otherwise gives the same files another version: it is taken up by itself, and
    said so; a changed folder waits all the same."""
    with nobody(tmp_path) as it:
        first = working(it)
        with it.store.write(None) as tx:
            tx.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
            for table in ("playbooks", "playbook_sources", "playbook_terms", "playbook_shown"):
                tx.execute(sa.text(f"UPDATE {table} SET version = 'older' WHERE version = '{first}'"))
        restarted(it)
        assert plan_playbook.waits(place_of(it)) is None
        assert working(it) == first
        with it.store.read() as tx:
            term = versions.in_force(tx)
        assert term is not None
        assert (term.version, term.how) == (first, "rebuilt")


def test_connections_and_time_zone_act_at_once(tmp_path: Path) -> None:
    """They are the installation's: the version in force is built with them, and nothing waits."""
    with nobody(tmp_path) as it:
        first = working(it)
        edit(it, "time_zone: ", "time_zone: Asia/Tokyo #", "connections.yaml")
        it.sync(minutes=5)
        assert working(it) != first
        assert plan_playbook.waits(place_of(it)) is None
        edit(it, *LOOSER)
        it.sync(minutes=5)
        assert it.cycle.parts.playbook.time_zone == "Asia/Tokyo"
        waits = plan_playbook.waits(place_of(it))
        assert waits is not None
        assert waits["version"] == folder_version(it)


def test_a_version_that_cannot_be_built_any_more_stops_the_work_and_says_so(tmp_path: Path) -> None:
    """Its files hold what this release does not know: nobody is judged by anything else in its place, and the
    folder's version can be applied, which mends it without a restart."""
    with company(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        first = working(it)
        with it.store.write(None) as tx:
            kept = versions.sources_of(tx, first)
            kept["levels.yaml"] += "\nforgotten_key: 1\n"
            tx.execute(sa.text("DELETE FROM playbook_sources"))
            versions.keep(tx, first, ("", ""), {}, kept, it.now)
        edit(it, *LOOSER)
        looser = folder_version(it)
        restarted(it)
        summary = it.sync(minutes=5)
        assert summary.status == "halted"
        assert "forgotten_key" in summary.halted["playbook"]
        assert f"syncd apply {looser}" in summary.halted["playbook"]
        assert summary.evaluated == 0
        apply(it)
        assert it.sync(minutes=5).status == "succeeded"
        assert (working(it), scored_by(it)) == (looser, {looser})


def test_kept_files_go_through_the_same_checks(tmp_path: Path) -> None:
    """What a folder would be refused for, a kept version is refused for."""
    with nobody(tmp_path) as it:
        loaded = it.loaded
        again = load_files(loaded.settings.config_dir, loaded.environ, loaded.sources)
        assert again.playbook == loaded.playbook
        assert "connections.yaml" not in loaded.sources
        assert not any("SECRET" in text or "token" in text.casefold() for text in loaded.sources.values())


@pytest.mark.parametrize("leads", [1, 7])
def test_of_very_many_an_even_sample_is_decided(tmp_path: Path, leads: int) -> None:
    """And the answer says so."""
    with company(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        edit(it, *LOOSER)
        place = place_of(it)
        found = impact(it.store, place.loaded.playbook, place.folder.playbook, it.now, decided_max=leads)
        assert (found.decided, found.is_sampled) == (leads, True)
