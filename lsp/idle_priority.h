#pragma once

#include <thread>

namespace nextline::lsp {

/// Lets the calling thread run only while no other wants the processor.
void become_idle_work();

/// Ends that for a thread, since somebody waits for it now. Not everybody may do this; then it goes
/// on as before, and is waited for where other programs keep all processors busy.
void end_idle_work(std::jthread& thread);

}  // namespace nextline::lsp
