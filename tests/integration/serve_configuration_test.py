"""The configuration file, as `nextline serve` and `nextline doctor` read it."""

import json

from tests.integration.nextline import model_path
from tests.integration.served import PYTHON, ServedTestCase

WRONG = """model = "m"
[cache]
cache_memry = 1
snapshots = "maybe"
[settings]
maxTokens = 0
"""
PROBLEMS = [
    "3:1: There is no option 'cache_memry'. Did you mean 'cache_memory'?",
    "4:13: snapshots: must be on or off, not 'maybe'.",
    "6:13: The setting 'nextline.maxTokens' must be a whole number from 1 to 1024.",
]


class ConfigurationTest(ServedTestCase):
    def configure(self, text):
        """Writes the file that is read if no other is named."""
        path = self.folder / "config/nextline/config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return path

    def generated(self, client):
        document = self.open(client, PYTHON)
        return self.complete(document)[1]["generated"]

    def test_its_settings_hold_where_the_editor_says_nothing(self):
        self.configure("[settings]\nmaxTokens = 3\n")
        self.assertEqual(self.generated(self.serve_initialized()), 3)

    def test_an_editors_settings_are_stronger_and_the_command_line_is_the_strongest(self):
        self.configure("[settings]\nmaxTokens = 3\n")
        client = self.serve()
        client.initialize({}, initializationOptions={"maxTokens": 2})
        self.assertEqual(self.generated(client), 2)
        client = self.serve("--max-tokens", 4)
        client.initialize({}, initializationOptions={"maxTokens": 2})
        self.assertEqual(self.generated(client), 4)

    def test_its_options_hold_where_the_command_line_says_nothing(self):
        self.write("own.toml", f'model = "{model_path()}"\nisa = "portable"\nthreads = 1\n')
        cpu = self.succeed("doctor", "--config", "own.toml")["cpu"]
        self.assertEqual((cpu["instruction_set"], cpu["instruction_set_reason"]),
                         ("portable", "asked for in the configuration file"))
        cpu = self.succeed("doctor", "--config", "own.toml", "--isa", "reference")["cpu"]
        self.assertEqual((cpu["instruction_set"], cpu["instruction_set_reason"]),
                         ("reference", "asked for with --isa"))

    def test_all_that_is_wrong_is_told_and_the_server_does_not_start(self):
        path = self.configure(WRONG)
        result = self.run_program("serve", "--stdio")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.splitlines(), [f"nextline: {path}:{problem}" for problem in PROBLEMS])
        result = self.run_program("serve", "--stdio", "--json")
        self.assertEqual(json.loads(result.stdout)["error"].splitlines(),
                         [f"{path}:{problem}" for problem in PROBLEMS])

    def test_what_is_no_toml_is_told_with_its_place(self):
        for text, problem in [(b"threads = 1\n\xff\xfe\0 = [[[\n", r"2:1: This is not UTF-8\."),
                              (b"threads = 1\nmodel = [[[\n", r"\d:\d+: This is not TOML: ")]:
            self.write("bad.toml", text)
            self.assert_fails(["serve", "--stdio", "--config", "bad.toml"], r"bad\.toml:" + problem, status=2)

    def test_one_that_is_named_must_be_there(self):
        self.assert_fails(["serve", "--stdio", "--config", "none.toml"],
                          "The configuration file 'none.toml' cannot be read", status=2)

    def test_the_doctor_shows_the_file_and_what_is_wrong_with_it(self):
        path = self.folder / "config/nextline/config.toml"
        self.assertEqual(self.succeed("doctor")["configuration"],
                         {"path": str(path), "present": False, "problems": []})
        self.configure(WRONG)
        answer = self.succeed("doctor")
        self.assertEqual(answer["configuration"], {
            "path": str(path), "present": True, "problems": [f"{path}:{problem}" for problem in PROBLEMS]})
        self.assertNotEqual(answer["model"]["name"], "m")
        table = self.run_program("doctor").stdout
        self.assertIn(f"{path} is wrong, and nothing of it holds", table)
        self.assertIn(PROBLEMS[0], table)

    def test_other_commands_do_not_read_it(self):
        self.configure(WRONG)
        self.succeed("models", "list")
