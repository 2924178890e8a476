"""A synthetic police with known truth: deliveries as they really come, and beside them what is true.

Belongs here: making up contacts, answers, comments and faults for *any* survey contract with a contact register and a
response file. Everything that has a name (items, scales, channels, groups, areas, code lists, columns) is read from the
contract; everything that is a number is in ``parameters.yaml``, with a default for codes it doesn't know.
Does not belong here: reading deliveries back, estimates, anything about real people. No database, no orchestrator.

The model, in short. A contact of area *a* through channel *c* by a person of group *g* and age *k* in month *m* has
``p = base(c) + area(a) + group(g) + age(k) + drift(m) + planted change``, in percentage points, as its chance of
"(very) satisfied". Having heard anything back moves ``p`` by about 25 points, around its mean, so that ``p`` stays the
mean over contacts. The answer is where a normal latent judgement with that mean falls on the scale; every other item
has a loading on the same latent judgement. Who answers depends on age, group and channel, not on the judgement itself.

Truth, in the folder beside the inbox (Parquet unless said otherwise):

* ``areas``: per leaf area the drawn effect (points, SD 3.5 over areas), its true share satisfied over all eligible
  contacts, over eligible contacts of people who answered, and the numbers of contacts.
* ``area_months``: the same per month. ``area_months.p_true`` is what an estimate without non-response would aim at.
* ``channels``: per channel the parameter, the true share satisfied and its share of the contacts.
* ``answers``: one row per response as it was made, before faults: identifiers, true ``p``, the latent judgement.
* ``files``: per delivery its format, rows and SHA-256.
* ``faults``: per spoiled row the file, the data record (from 1), the identifier and the fault. What every fault is:
  ``planting``. ``corrected`` are the rows of the second delivery of one month that differ from the first.
* ``marks``: per contact or answer that the contract leaves out or flags the reason and the identifier:
  ``recently_invited`` (contacts invited although it was too soon), ``no_consent``, ``speeder``, ``straight_liner``,
  ``same_text``. Answers that are straight or alike by chance are not here, so a reader finds at least these.
* ``personal_data``: per planted string its response, item, kind and text; kind ``hostile`` marks strings that try to
  break readers and pages. Only of answers that are in a file.
* ``truth.json``: arguments, planted changes, feedback, fault counts and totals, for people.
"""

from assets.synthetic.demo import DemoSummary, write_demo

__all__ = ["DemoSummary", "write_demo"]
