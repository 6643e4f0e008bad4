"""What must hold of a session that something was refused in, and of the next one."""

import json
import re
import shutil
import time
import typing

from scripts.language_client import ServerError
from tests.faults import fault_library
from tests.faults.session import KEPT, LARGE, Broken, Hang, Session, Workplace

# What a server that ends says of it.
SENTENCE = re.compile(r"^nextline: .+\.$")
# Of a fault, the log tells; debug lines, which say how things are, apart.
TOLD = re.compile(r"cannot|could not|not enough|(was|were|may|does|is) not|refuse|fail|damaged|takes nobody|"
                  r"process of its own|too many|error|without saying exit|has gone;", re.IGNORECASE)


class Outcome(typing.NamedTuple):
    what: str  # "goes on", "goes on, says nothing", "ends" or "not reached".
    said: str  # The sentence that tells of it.


def last_line(log):
    lines = log.rstrip("\n").split("\n")
    return lines[-1] if lines else ""


def check_session(session, status):
    """A session that was gone through, and its exit status."""
    log = session.logged
    if status < 0 or status > 2 or "terminate called" in log:
        raise Broken(f"The server ended with status {status}: {log[-600:]}")
    if "This should not have happened" in log:
        raise Broken(f"An exception reached the top: {last_line(log)}")
    if re.search("is made anew|are put aside", log):
        raise Broken(f"What was whole is given up: {log[-600:]}")
    if status > 0:  # 2: what is wrong is in the configuration.
        told = [line for line in log.split("\n") if SENTENCE.match(line) and TOLD.search(line)]
        if not told:
            raise Broken(f"The server ended and did not say why: {log[-600:]!r}")
        return Outcome("ends", told[-1])
    errors = []
    for name, answer in session.answers.items():
        if answer is None:
            raise Broken(f"'{name}' was not answered, and the server ended with status {status}.")
        if isinstance(answer, ServerError):
            errors.append(str(answer))
            if not str(answer).endswith("."):
                raise Broken(f"'{name}' was answered with what is no sentence: {answer}")
    told = [line for line in log.split("\n") if TOLD.search(line)] + errors
    return Outcome("goes on", told[0]) if told else Outcome("goes on, says nothing", "")


def check_next_start(workplace, expected):
    """What was whole before is whole, nothing is in the way, and nothing is left lying about.

    `expected` is what comes at the end of kept.py where all is computed anew.
    """
    (workplace.repository / "kept.py").write_text(KEPT)
    with Session(workplace) as session:
        session.initialize()
        kept = session.open("kept.py")
        kept.move_cursor(len(kept.text))
        computed, prompt = session.wait_until_exact(kept)
        session.complete("kept.py", kept, len(kept.text))
        if session.answers["kept.py"] != expected:
            raise Broken(f"The next start says {session.answers['kept.py']!r} instead of {expected!r}.")
        if computed * 2 > prompt:
            raise Broken(f"The next start found no snapshot of kept.py: {computed} of {prompt} tokens are computed.")
        for name in ("edited.py", "large.py"):
            document = session.open(name)
            session.complete(name, document, len(document.text))
            session.check_text(document)
            document.close()
        kept.insert(len(kept.text), "value")  # So that there is something to be saved.
        session.complete("typed on", kept, len(kept.text))
        kept.close()
        session.wait_for_history()
        session.wait_until_tidy()
        status = session.leave()
        for name, answer in session.answers.items():
            if answer is None or isinstance(answer, ServerError):
                raise Broken(f"At the next start '{name}' failed: {answer} {session.logged}")
        log = session.logged
        if status != 0 or TOLD.search(log):
            raise Broken(f"The next start (status {status}): {log[-600:]}")
    if workplace.abandoned():
        raise Broken(f"These lie about after the next start: {workplace.abandoned()}")
    for command in (("index", workplace.repository), ("doctor",)):
        result = workplace.run(*command)
        if result.returncode != 0:
            raise Broken(f"Afterwards '{command[0]}' fails: {result.stderr}")
        if '"rebuilt":true' in result.stdout.replace(" ", ""):
            raise Broken("The index was lost, and built anew.")


class Bench:
    """Where sessions are made: workplaces, each with a template that it begins from anew."""

    def __init__(self, folder, model):
        self.folder = folder
        self.model = model
        self.templates = {}
        self.sites = {}
        self.seconds = 0  # That a session takes.
        lines = KEPT.split("\n")
        workplace = self.workplace()
        place = f"{workplace.repository / 'kept.py'}:{len(lines)}:{len(lines[-1]) + 1}"
        self.expected = json.loads(workplace.run("complete", place).stdout)["text"]
        if not self.expected:
            raise Broken("The model says nothing at the end of kept.py, so that nothing can be compared.")

    def workplace(self, name="workplace 0"):
        """A workplace as an earlier day has left it. What is kept belongs to its path, so it has its own template."""
        folder = self.folder / name
        if name not in self.templates:
            folder.mkdir()
            Workplace(folder, self.model).prepare()
            self.templates[name] = folder.rename(self.folder / f"template of {name}")
        shutil.rmtree(folder, ignore_errors=True)
        return Workplace(folder, self.model, self.templates[name])

    def variables(self, workplace, fault=None, clock=None):
        tables = workplace.folder / "tables"
        tables.mkdir(exist_ok=True)
        return fault_library.environment(tables, workplace.folders, fault, LARGE, clock)

    def find_sites(self):
        """Goes through a session in which nothing is refused, and notes where something could be."""
        workplace = self.workplace()
        began = time.monotonic()
        with Session(workplace, variables=self.variables(workplace)) as session:
            session.go_through()
            status = session.leave()
            outcome = check_session(session, status)
            if outcome.what != "goes on, says nothing":
                raise Broken(f"A session fails without a fault: {outcome}")
        self.seconds = time.monotonic() - began
        check_next_start(workplace, self.expected)
        self.sites = fault_library.read_tables(workplace.folder / "tables")

    def refuse(self, fault, name):
        """A session in which something is refused, and the next one."""
        workplace = self.workplace(name)
        with Session(workplace, variables=self.variables(workplace, fault)) as session:
            session.go_through()
            outcome = check_session(session, session.leave())
        faults = sum(site.faults for site in fault_library.read_tables(workplace.folder / "tables").values())
        if faults == 0:
            return Outcome("not reached", "")
        check_next_start(workplace, self.expected)
        if fault.how in fault_library.HARMLESS and outcome.what != "goes on, says nothing":
            raise Broken(f"What is to be done again was not: {outcome.said}")
        return outcome
