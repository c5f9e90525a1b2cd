// Beast's own code, compiled once (BOOST_BEAST_SEPARATE_COMPILATION). Of the rest of weir only
// admin/connection.cpp and balancer/http_conversation.cpp include Beast.
#include <boost/beast/src.hpp>
