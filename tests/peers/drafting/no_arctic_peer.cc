#include "tests/peers/drafting/peer.h"

namespace nextline::peers {

std::vector<PeerKind> arctic_kinds() { return {}; }

}  // namespace nextline::peers
