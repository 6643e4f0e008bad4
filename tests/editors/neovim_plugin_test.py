"""Neovim's plugin at work: what is typed, shown, accepted and saved, with the real server and a real model."""

import unittest

from tests.editors.neovim_with_plugin import PluginTestCase, in_each_neovim
from tests.editors.oracle import SOURCE

del PluginTestCase  # It is a fixture, not a test.


@in_each_neovim
class Accepting:
    def test_what_is_shown_is_what_the_file_has_then(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        ghost = self.assert_ghost_text()
        expected = self.expected_text()
        self.assertEqual(self.seen_line(), "    return a" + ghost)
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), expected)
        self.assertEqual(expected, f"{SOURCE}    return a{ghost}\n")

    def test_several_lines(self):
        self.open(SOURCE)
        self.press("Goreturn a * b")
        ghost = self.assert_ghost_text()
        self.assertIn("\n", ghost)
        expected = self.expected_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), expected)
        self.assertEqual(self.offset(), len(f"{SOURCE}    return a * b{ghost}"))

    def test_word_by_word(self):
        self.open(SOURCE)
        self.instead((" + größe(b)", 0))
        self.press("Goreturn a")
        self.assert_ghost_text()
        (self.folder / "instead.json").unlink()
        for typed, left in [(" +", " größe(b)"), (" + größe", "(b)"), (" + größe(", "b)"), (" + größe(b", ")")]:
            self.press("<M-Right>")
            self.assertEqual(self.text(), f"{SOURCE}    return a{typed}\n")
            self.assertEqual(self.ghost(), left)
        asked = len(self.requests())
        self.press("<M-Right>")
        self.assertEqual(self.on_disk(), f"{SOURCE}    return a + größe(b)\n")
        self.assert_becomes(True, lambda: len(self.requests()) > asked, "Nothing is asked for behind the last word.")

    def test_line_by_line(self):
        self.open(SOURCE)
        self.instead((" + b\n\n    print(a)\n", 0))
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<M-Down>")
        self.assertEqual(self.text(), f"{SOURCE}    return a + b\n")
        self.assertEqual(self.ghost(), "\n\n    print(a)\n")
        self.press("<M-Down>")
        self.assertEqual(self.on_disk(), f"{SOURCE}    return a + b\n\n    print(a)\n")

    def test_undo_takes_back_what_was_accepted_and_nothing_else(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        expected = self.expected_text()
        self.press("<Tab>  # Yes.<Esc>u")
        self.assertEqual(self.text(), expected)

    def test_undo_twice_gives_the_text_before(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<Tab><Esc>u")
        self.assertEqual(self.text(), SOURCE + "    return a\n")
        self.press("u")
        self.assertEqual(self.text(), SOURCE)

    def test_what_is_typed_and_accepted_is_repeated_together(self):
        self.open(SOURCE)
        self.instead((" + b", 0))
        self.press("Gosum = a")
        self.assert_ghost_text()
        self.press("<Tab>!<Esc>.")
        self.assertEqual(self.text(), SOURCE + "    sum = a + b!\n" * 2)

    def test_keys_behind_the_accepting_one_come_behind_the_text(self):
        self.open(SOURCE)
        self.instead((" + b", 0))
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<Tab> + c")
        self.assertEqual(self.text(), SOURCE + "    return a + b + c\n")

    def test_what_is_replaced_behind_the_cursor_is_no_new_text(self):
        self.open(SOURCE)
        self.instead(("a, b)", 1))
        self.press("Goprint()<Left>")
        self.assert_becomes("a, b", self.ghost)
        self.assertEqual(self.seen_line(), "    print(a, b)")
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "    print(a, b)\n")
        self.assertEqual(self.offset(), len(SOURCE + "    print(a, b)"))

    def test_what_is_replaced_by_something_else_is_struck_through(self):
        self.open(SOURCE)
        self.instead(("größe", 3))
        self.press("Goprint(old)<Left><Left><Left><Left>")
        self.assert_becomes("größe", self.ghost)
        self.assertIn("NextlineReplaced", [details.get("hl_group") for _, _, details in self.marks()])
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "    print(größe)\n")

    def test_what_stands_behind_several_lines_is_shown_where_it_will_be(self):
        self.open(SOURCE)
        self.instead(("\n        a,\n    ", 0))
        self.press("Goprint()<Left>")
        self.assert_ghost_text()
        below = [["".join(text for text, _ in line) for line in details["virt_lines"]]
                 for _, _, details in self.marks() if "virt_lines" in details]
        self.assertEqual(below, [["        a,", "    )"]])
        self.assertEqual(self.seen_line(), "    print( ")
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "    print(\n        a,\n    )\n")

    def test_the_server_is_told_of_it(self):
        def total():
            return self.lua("""
                local answer = require('nextline.server').client():request_sync(
                  'workspace/executeCommand', { command = 'nextline.statistics' }, 60000)
                return answer.result.today.total""")
        self.open(SOURCE)
        before = total()
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<M-Right>")
        self.assert_becomes(before["partly_accepted"] + 1, lambda: total()["partly_accepted"])
        self.press("<Tab>")
        self.assert_becomes(before["accepted"] + 1, lambda: total()["accepted"])
        self.assertGreater(total()["shown"], before["shown"])


@in_each_neovim
class Typing:
    def test_along_with_it_keeps_it_without_asking(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        ghost = self.assert_ghost_text()
        asked = len(self.requests())
        for count in range(1, len(ghost)):
            self.type(ghost[count - 1])
            self.assertEqual(self.ghost(), ghost[count:])
        self.assert_settled()
        self.assertEqual(len(self.requests()), asked)
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), f"{SOURCE}    return a{ghost}\n")

    def test_accepting_right_behind_a_key_inserts_the_rest(self):
        """The keys come at once, so that Neovim has told of none of them when the last is pressed."""
        self.open(SOURCE)
        self.press("Goreturn a")
        ghost = self.assert_ghost_text()
        self.neovim.input(ghost[:2].replace("<", "<lt>") + "<Tab>")
        self.assert_becomes(f"{SOURCE}    return a{ghost}\n", self.on_disk)

    def test_back_brings_back_what_was_typed_along(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        ghost = self.assert_ghost_text()
        self.type(ghost[:2])
        self.press("<BS>")
        self.assertEqual(self.ghost(), ghost[1:])

    def test_against_it_removes_it_at_once(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.hold()
        self.type("%")
        self.assertEqual(self.ghost(), "")

    def test_another_text_gets_a_suggestion_of_its_own(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<BS>b")
        self.assert_ghost_text()
        expected = self.expected_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), expected)

    def test_a_bracket_that_a_plugin_closes_is_typed_along(self):
        self.open(SOURCE)
        self.instead(("(a, b) + c", 0))
        self.neovim.command("inoremap <buffer> ( ()<Left>")
        self.press("Goreturn f")
        self.assert_ghost_text()
        (self.folder / "instead.json").unlink()
        self.press("(")
        self.assertEqual(self.ghost(), "a, b + c")
        self.assertEqual(self.seen_line(), "    return f(a, b) + c")
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "    return f(a, b) + c\n")

    def test_a_closing_bracket_that_is_typed_over_is_not_closed_twice(self):
        self.open(SOURCE)
        self.instead(("a) + 1", 1))
        self.press("Goreturn f()<Left>")
        self.assert_becomes("a + 1", self.ghost)
        self.neovim.command("inoremap <buffer> ) <Right>")
        self.press("a)")
        self.assertEqual(self.ghost(), " + 1")
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "    return f(a) + 1\n")

    def test_lines_are_typed_along_with_the_indentation_that_neovim_makes(self):
        self.open(SOURCE)
        self.instead((":\n        return b\n", 0))
        self.press("Goif a")
        self.assert_ghost_text()
        self.press(":<CR>")
        self.assertEqual(self.text(), SOURCE + "    if a:\n        \n")
        self.assertEqual(self.ghost(), "return b\n")

    def test_leaving_insert_mode_hides_it(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        self.assert_ghost_text()
        self.press("<Esc>")
        self.assertEqual(self.marks(), [])


@in_each_neovim
class Asking:
    def test_a_late_answer_is_not_drawn_behind_further_keys(self):
        self.open(SOURCE)
        self.hold()
        held = self.held()
        self.press("Goreturn a")
        self.assert_becomes(held + 1, self.held)
        self.type("(")
        self.assert_becomes(held + 2, self.held)
        self.press("<BS>b")
        self.assert_becomes(held + 3, self.held)
        drawn = len(self.messages("client", "textDocument/didShowCompletion"))
        self.release()  # The newest answer comes first, and two that are superseded behind it.
        self.assert_becomes(True, lambda: self.held_answers_are_out(3), "The answers do not come.")
        self.assert_ghost_text()
        self.assert_becomes(drawn + 1, lambda: len(self.messages("client", "textDocument/didShowCompletion")))
        expected = self.expected_text()
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), expected)

    def test_a_late_answer_is_not_drawn_in_normal_mode(self):
        self.open(SOURCE)
        self.hold()
        held = self.held()
        self.press("Goreturn a")
        self.assert_becomes(held + 1, self.held)
        self.press("<Esc>")
        self.assert_late_answer_is_dropped()

    def test_a_late_answer_is_not_drawn_where_the_cursor_has_gone(self):
        self.open(SOURCE)
        self.hold()
        held = self.held()
        self.press("Goreturn a")
        self.assert_becomes(held + 1, self.held)
        # The keys come at once: Neovim has not told of the cursor when the answer comes.
        self.press("<Esc>gg")
        self.assert_late_answer_is_dropped()

    def test_a_late_answer_is_not_drawn_in_another_buffer(self):
        self.open(SOURCE)
        self.hold()
        held = self.held()
        self.press("Goreturn a")
        self.assert_becomes(held + 1, self.held)
        self.press("<C-o>:enew<CR>")
        self.assert_late_answer_is_dropped()

    def test_what_is_superseded_is_cancelled(self):
        self.open(SOURCE)
        self.hold()
        asked = len(self.requests())
        self.press("Goreturn a")
        self.assert_becomes(asked + 1, lambda: len(self.requests()))
        number = self.requests()[-1]["id"]
        self.type("(")
        self.assert_becomes(True, lambda: number in [
            message["params"]["id"] for message in self.messages("client", "$/cancelRequest")])

    def test_several_can_be_seen_and_one_accepted(self):
        self.open(SOURCE)
        self.instead((" + 1", 0), (" + 2", 0), (" + 3", 0))
        self.press("Goreturn a")
        self.assert_becomes(" + 1", self.ghost)
        self.press("<M-]>")
        self.assert_becomes(" + 2", self.ghost)
        self.assertEqual(self.requests()[-1]["params"]["context"]["triggerKind"], 1)
        self.assertEqual(self.seen_line(), "    return a + 2 (2/3)")
        self.press("<M-]>")
        self.assertEqual(self.ghost(), " + 3")
        self.press("<M-[><M-[>")
        self.assertEqual(self.ghost(), " + 1")
        self.press("<M-[>")
        self.assertEqual(self.ghost(), " + 3")
        self.press("<Tab>")
        self.assertEqual(self.on_disk(), SOURCE + "    return a + 3\n")

    def test_it_can_be_dismissed_and_asked_for_again(self):
        self.open(SOURCE)
        self.press("Goreturn a")
        ghost = self.assert_ghost_text()
        self.press("<C-]>")
        self.assert_nothing_comes()
        self.press("<M-\\>")
        self.assert_becomes(ghost, self.ghost)

    def test_where_it_does_not_come_by_itself_it_can_be_asked_for(self):
        self.open(SOURCE)
        self.lua("require('nextline.switches').settings().automatic = false")
        self.addCleanup(self.lua, "require('nextline.switches').settings().automatic = nil")
        asked = len(self.requests())
        self.press("Goreturn a")
        self.assert_nothing_comes()
        self.assertEqual(len(self.requests()), asked)
        self.press("<M-\\>")
        self.assert_ghost_text()

    def test_the_cursor_is_told_once_it_rests(self):
        self.open(SOURCE)
        told = len(self.messages("client", "nextline/didMoveCursor"))
        self.press("ggjjjjj")
        self.assert_becomes(told + 1, lambda: len(self.messages("client", "nextline/didMoveCursor")))
        position = self.messages("client", "nextline/didMoveCursor")[-1]["params"]["position"]
        self.assertEqual(position["line"], 5)

    def assert_late_answer_is_dropped(self):
        drawn = len(self.messages("client", "textDocument/didShowCompletion"))
        self.release()
        self.assert_becomes(True, lambda: self.held_answers_are_out(1))
        self.neovim.eval("1")
        self.assert_settled()
        self.assertEqual(self.marks(), [])
        self.assertEqual(len(self.messages("client", "textDocument/didShowCompletion")), drawn)

    def held_answers_are_out(self, count):
        """The last requests have been answered."""
        answered = {message.get("id") for message in self.messages("server") if "method" not in message}
        return {request["id"] for request in self.requests()[-count:]} <= answered


if __name__ == "__main__":
    unittest.main()
