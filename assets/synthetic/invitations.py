"""One invitation per person in a period, as the contract has it, and the few times that the rule is broken.

Belongs here: remembering who was invited when, month after month, and turning away who would be invited again too soon.
Does not belong here: the other reasons not to invite (``contacts``), what a broken rule leads to (the contract).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from assets.synthetic.contacts import Contacts
from assets.synthetic.parameters import Ints
from assets.synthetic.world import STREAM_INVITATIONS, World, generator
from expectations.compile_exclusions import RECENTLY_INVITED

LONGEST_WAIT = 31
"""Days from contact to invitation at most: so much further back a person is remembered."""


class Invitations:
    """Invites month after month; months come in order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.days = world.survey.response_rules.one_invitation_in_days
        reasons = world.code_lists.get("exclusion_reason")
        codes = [entry.code for entry in reasons.codes] if reasons is not None else []
        self.reason = codes.index(RECENTLY_INVITED) if RECENTLY_INVITED in codes else -1
        self._last: dict[int, int] = {}

    def of_month(self, contacts: Contacts) -> Contacts:
        """The contacts of a month after the rule: turned away, or invited all the same and marked as left out."""
        if self.days is None or not len(contacts):
            return contacts
        date = contacts.date.astype("datetime64[D]").astype(np.int64)
        invited = date + contacts.invitation
        self._forget(int(date.min()))
        away, too_soon = self._judge(contacts, invited, date)
        left_out = contacts.left_out.copy()
        left_out[too_soon] = True
        invitation, responds = contacts.invitation.copy(), contacts.responds.copy()
        lists = {name: at.copy() for name, at in contacts.lists.items()}
        invitation[away] = -1
        responds[away] = False
        lists["invitation_mode"][away] = -1
        lists["exclusion_reason"][away] = self.reason
        return dataclasses.replace(
            contacts,
            invitation=invitation,
            responds=responds,
            lists=lists,
            left_out=left_out,
            too_soon=np.isin(np.arange(len(contacts)), too_soon),
        )

    def _judge(self, contacts: Contacts, invited: Ints, date: Ints) -> tuple[Ints, Ints]:
        """Positions that are turned away, and positions that are invited although it is too soon."""
        rng = generator(self.world.seed, STREAM_INVITATIONS, contacts.month)
        open_breaks = self.world.parameters.response.invited_too_soon
        away: list[int] = []
        too_soon: list[int] = []
        allowed = contacts.invitation >= 0
        person = contacts.person
        _, which, often = np.unique(person[allowed], return_inverse=True, return_counts=True)
        known = np.fromiter(self._last, dtype=np.uint64, count=len(self._last))
        doubtful = np.zeros(len(person), dtype=np.bool_)
        doubtful[allowed] = (often[which] > 1) | np.isin(person[allowed], known)
        first = np.flatnonzero(allowed & ~doubtful)
        self._last.update(zip(person[first].tolist(), invited[first].tolist(), strict=True))
        for at in sorted(np.flatnonzero(doubtful).tolist(), key=lambda at: (invited[at], date[at], at)):
            who, day = int(person[at]), int(invited[at])
            since = day - self._last[who] if who in self._last else None
            if since is not None and abs(since) < (self.days or 0):
                # Only what follows an earlier day is sure to be the second one, whoever looks at it.
                if since < 1 or len(too_soon) >= open_breaks or rng.random() < 0.5:
                    away.append(at)
                    continue
                too_soon.append(at)
            self._last[who] = day
        return np.array(away, dtype=np.int64), np.array(too_soon, dtype=np.int64)

    def _forget(self, first_day: int) -> None:
        """Drop who was invited so long ago that it does not matter any more."""
        oldest = first_day - (self.days or 0) - LONGEST_WAIT
        self._last = {who: day for who, day in self._last.items() if day >= oldest}
