// Asio's own code, compiled once (BOOST_ASIO_SEPARATE_COMPILATION), so that every other file only
// sees declarations.
#include <boost/asio/impl/src.hpp>
