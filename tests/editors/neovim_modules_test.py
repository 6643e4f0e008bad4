"""Modules of Neovim's plugin that are functions of texts alone, against what is obviously right."""

import json
import random
import subprocess
import unittest

from tests.editors.neovim_with_plugin import PLUGIN, PROGRAMS

# Reads a list of arguments for a function of a module, and writes what it returns for each.
CALLS = """
package.path = '{plugin}/lua/?.lua;{plugin}/lua/?/init.lua;' .. package.path
local results = {{}}
for index, arguments in ipairs(vim.json.decode(io.read('*a'))) do
  results[index] = {{ {expression} }}
end
io.write(vim.json.encode(results))
"""


def call(expression, arguments):
    """What the expression is for each of the lists of arguments."""
    code = CALLS.format(plugin=PLUGIN, expression=expression).replace("\n", " ")
    command = [PROGRAMS["Neovim011"], "--clean", "--headless", "-c", "lua " + code, "-c", "qall!"]
    outcome = subprocess.run(command, input=json.dumps(arguments), capture_output=True, encoding="utf-8", timeout=30)
    return [result[0] if result else None for result in json.loads(outcome.stdout)]


def is_subsequence(part, whole):
    letters = iter(whole)
    return all(letter in letters for letter in part)


class SubsequenceTest(unittest.TestCase):
    def test_new_pieces_and_what_was_there_make_the_whole(self):
        draw = random.Random(1)
        pairs = [["".join(draw.choices("ab)", k=draw.randrange(5))), "".join(draw.choices("ab)", k=draw.randrange(9)))]
                 for _ in range(2000)]
        results = call("require('nextline.subsequence').pieces(unpack(arguments))", pairs)
        self.assertEqual(len(results), len(pairs))
        found = 0
        for (part, whole), pieces in zip(pairs, results):
            if not is_subsequence(part, whole):
                self.assertIsNone(pieces, (part, whole))
                continue
            found += 1
            text, taken = "", 0
            for piece in pieces or []:
                text += part[taken:piece["before"]] + piece["text"]
                taken = piece["before"]
            self.assertEqual(text + part[taken:], whole, (part, pieces))
        self.assertGreater(found, 200)

    def test_what_can_be_matched_in_several_ways_is_matched_far_back(self):
        [pieces] = call("require('nextline.subsequence').pieces(unpack(arguments))", [[")", "f(x))"]])
        self.assertEqual(pieces, [{"before": 0, "text": "f(x)"}])


class LanguageTest(unittest.TestCase):
    def test_filetypes_have_the_names_of_the_protocol(self):
        names = {"python": "python", "sh": "shellscript", "c.doxygen": "c", "objcpp": "objective-cpp", "": ""}
        self.assertEqual(call("require('nextline.language').name_of(unpack(arguments))", [[name] for name in names]),
                         list(names.values()))


if __name__ == "__main__":
    unittest.main()
