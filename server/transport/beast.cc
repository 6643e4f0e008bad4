// What of Boost.Beast is no template, compiled once instead of with each file that uses it.
#include <boost/beast/src.hpp>
