"""What a run took and found, as a table and as JSON."""

import itertools
import statistics

# The share of a run in which caches, trees and histories grow to their budgets, and the heap to what they
# leave between them.
WARM_UP = 1 / 2
MEMORY = ("resident", "own", "mapped")
WHOLE = {"own": "resident", "mapped": "resident"}  # Of what growth is told as a share, if not of the quantity itself.
STAGES = ("tokenize", "edit", "prefill", "decode", "total")


def percentile(values, share):
    """The nearest rank."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def summary_of(values):
    return {"n": len(values), **{f"p{int(share * 100)}": percentile(values, share) for share in (0.5, 0.95, 0.99)},
            "max": max(values)}


def warm(samples):
    """Those behind the warm-up."""
    first = samples[-1].edits * WARM_UP
    return [sample for sample in samples if sample.edits >= first]


def growth(samples, what):
    """How much a quantity grows from the warm-up to the end, as a share of the median of its whole: the median slope
    between two samples (Theil and Sen's), which a few that stand out do not move."""
    slopes = [(getattr(b, what) - getattr(a, what)) / (b.edits - a.edits)
              for a, b in itertools.combinations(samples, 2) if b.edits > a.edits]
    if not slopes:
        return 0.0
    span = samples[-1].edits - samples[0].edits
    return statistics.median(slopes) * span / statistics.median(
        getattr(sample, WHOLE.get(what, what)) for sample in samples)


def difference_of_ends(samples, what):
    """The median of the last quarter less that of the first."""
    quarter = max(len(samples) // 4, 1)
    first, last = samples[:quarter], samples[-quarter:]
    return (statistics.median(getattr(sample, what) for sample in last)
            - statistics.median(getattr(sample, what) for sample in first))


def facts_of(run):
    """All of it, for a file."""
    samples = warm(run.samples)
    resources = {}
    for what in (*MEMORY, "files", "threads"):
        values = [getattr(sample, what) for sample in samples]
        resources[what] = {"least": min(values), "most": max(values), "last": values[-1],
                           "growth": growth(samples, what)}
    findings = run.findings
    return {
        "passed": not findings.problems, "seed": run.arguments.seed, "model": run.arguments.model,
        "edits": findings.counts["edits"], "seconds": run.seconds, "problems": findings.problems,
        "checks": dict(findings.checks), "counts": dict(sorted(findings.counts.items())),
        "milliseconds": {name: summary_of(values) for name, values in sorted(findings.times.items())},
        "resources": resources, "idle_share": run.idle_share,
        "samples": [sample._asdict() for sample in run.samples]}


def table_of(facts):
    """The same for people."""
    counts = facts["counts"]
    lines = [f"{facts['edits']} edits in {facts['seconds']:.0f} s ({facts['edits'] / facts['seconds']:.0f}/s), "
             f"seed {facts['seed']}, model {facts['model']}", "",
             f"{'milliseconds':44}{'n':>8}{'p50':>10}{'p95':>10}{'p99':>10}{'max':>10}"]
    stages = [name for name in STAGES if name in facts["milliseconds"]]
    for name in [*stages, *(name for name in facts["milliseconds"] if name not in STAGES)]:
        row = facts["milliseconds"][name]
        lines.append(f"{name:44}{row['n']:8}" + "".join(f"{row[key]:10.2f}" for key in ("p50", "p95", "p99", "max")))
    lines += ["", f"{'behind the warm-up':44}{'least':>12}{'most':>12}{'last':>12}{'growth':>9}"]
    for name, row in facts["resources"].items():
        unit = 2**20 if name in MEMORY else 1
        title = f"{name}, MiB" if unit > 1 else name
        lines.append(f"{title:44}" + "".join(f"{row[key] / unit:12.1f}" for key in ("least", "most", "last"))
                     + f"{row['growth']:9.2%}")
    lines += [f"{'processor while idle':44}{facts['idle_share']:12.3%}" if facts["idle_share"] is not None else "", ""]
    lines += [f"{name:44}{count:8}" for name, count in facts["checks"].items()]
    lines += ["", *(f"{name:60}{count:8}" for name, count in counts.items())]
    lines += ["", *(f"PROBLEM  {problem}" for problem in facts["problems"]),
              "Every check held." if facts["passed"] else f"{len(facts['problems'])} problems."]
    return "\n".join(lines)
