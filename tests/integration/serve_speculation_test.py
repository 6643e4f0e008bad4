"""What `nextline serve` drafts completions from, and that it shows in nothing but their passes"""

from scripts.language_client import OpenDocument
from tests.integration.sample_repository import SampleRepository
from tests.integration.served import ServedTestCase, functions, inserted

FEW = ("--max-tokens", 16)
# What the model goes on with in its own words.
STEMS = ["def read_lines(path):\n    with open(path) as ", "class Stack:\n    def __init__(self):\n        self.",
         "import os\n\n\ndef size_of(path):\n    return os.path.", "for index, value in enumerate("]


class SpeculationTest(ServedTestCase):
    def setUp(self):
        super().setUp()
        self.repository = SampleRepository(self.folder / "repository")

    def open_in_repository(self, client, text, name):
        return OpenDocument(client, (self.repository.folder / name).as_uri(), text)

    def completions(self, client, stems=STEMS):
        """The texts behind the stems, and the tokens of all of them together."""
        texts, tokens = [], {}
        for number, stem in enumerate(stems):
            document = self.open_in_repository(client, stem, f"document_{number}.py")
            self.wait_until_idle(client)
            result = document.complete(len(stem)).result()
            texts.append(inserted(result))
            for name, count in result["items"][0]["data"]["tokens"].items():
                tokens[name] = tokens.get(name, 0) + count
        return texts, tokens

    def test_what_an_open_document_says_is_drafted(self):
        stem = functions(8) + "def "
        plain, alone = self.completions(self.serve_initialized("--speculation", "off", *FEW), [stem])
        drafted, together = self.completions(self.serve_initialized("--speculation", "buffer", *FEW), [stem])
        self.assertEqual(drafted, plain)
        self.assertEqual((alone["drafted"], alone["accepted"]), (0, 0))
        self.assertGreater(together["accepted"], 0)
        self.assertLess(together["passes"], alone["passes"])

    def test_what_the_repository_said_is_drafted(self):
        off = self.serve_initialized("--speculation", "off", *FEW)
        plain, _ = self.completions(off)
        self.repository.commit("said.py", "\n".join(stem + text for stem, text in zip(STEMS, plain)))
        self.repository.commit("said.py", "It is said no more.\n")  # But it was.

        buffer, without = self.completions(self.serve_initialized("--speculation", "buffer", *FEW))
        history, with_it = self.completions(self.serve_initialized(*FEW))
        self.assertEqual(buffer, plain)
        self.assertEqual(history, plain)
        self.assertGreater(with_it["accepted"], without["accepted"])
        self.assertTrue(list((self.cache / "nextline/history").glob("*/*.segment")))

    def test_what_is_saved_is_drafted_by_the_next_server(self):
        off = self.serve_initialized("--speculation", "off", *FEW)
        plain, _ = self.completions(off)
        self.repository.commit("said.py", "Nothing yet.\n")
        said = "\n".join(stem + text for stem, text in zip(STEMS, plain))
        client = self.serve_initialized(*FEW)
        document = self.open_in_repository(client, "Nothing yet.\n", "said.py")
        self.wait_until_idle(client)
        document.replace_all(said)
        client.notify("textDocument/didSave", {"textDocument": {"uri": document.uri}})
        document.complete(0).result()  # So the save has been taken.
        self.assertEqual(client.shut_down(), 0)

        _, without = self.completions(self.serve_initialized("--speculation", "buffer", *FEW))
        texts, with_it = self.completions(self.serve_initialized(*FEW))
        self.assertEqual(texts, plain)
        self.assertGreater(with_it["accepted"], without["accepted"])

    def test_drawn_tokens_are_the_same_with_drafts(self):
        drawn = ("--temperature", 0.9, "--top-p", 0.95, "--sampling-seed", 7, *FEW)
        # Where text repeats itself, drafts pay on any machine.
        stems = [functions(8) + stem for stem in ["def ", *STEMS]]
        plain, alone = self.completions(self.serve_initialized("--speculation", "off", *drawn), stems)
        drafted, together = self.completions(self.serve_initialized(*drawn), stems)
        self.assertEqual(drafted, plain)
        self.assertGreater(together["drafted"], 0)
        other = ("--temperature", 0.9, "--top-p", 0.95, "--sampling-seed", 8, *FEW)
        self.assertNotEqual(self.completions(self.serve_initialized(*other), stems)[0], plain)
