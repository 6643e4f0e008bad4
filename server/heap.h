#pragma once

namespace nextline::server {

/// Has what is freed go back to the system, or to whichever thread needs some next. By itself glibc
/// keeps a heap for each thread, and in it blocks as large as any that were freed: a server that
/// has run for long takes a quarter more memory so. To be called before there are threads.
void keep_heap_small();

/// Gives back what is free within the heap, page by page: milliseconds, in which other threads may
/// wait for memory. Any thread.
void trim_heap();

}  // namespace nextline::server
