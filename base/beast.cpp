// Beast's own code, compiled once (BOOST_BEAST_SEPARATE_COMPILATION). Of the rest of weir only
// connection.cpp includes Beast.
#include <boost/beast/src.hpp>
