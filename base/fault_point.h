#pragma once

/// Named places where tests make the program throw, stall or fail a call. Built only with the
/// CMake option WEIR_FAULT_POINTS (presets dev, asan, tsan); in a release there is nothing here.
///
/// Switched on by the environment: WEIR_FAULT_POINTS="relay.step=throw:1,connect=fail:2" lets the
/// point `relay.step` throw at its first pass and `connect` fail at its first two. Actions:
///   throw:N       throws std::runtime_error in the first N passes
///   alloc:N       throws std::bad_alloc in the first N passes
///   fail:N        the call behind WEIR_FAULT_FAILS is taken to have failed, in the first N passes
///   crash:N       reads where nothing is, in the first N passes
///   stall:N:MS    sleeps MS milliseconds in the first N passes
///   ask:PATH      does what the file says, "THREAD sleep|spin MS", when THREAD passes; once, for
///   the
///                 file is removed then. The hour, the reactor and the kind of a stall are chosen
///                 so.
#ifdef WEIR_FAULT_POINTS

namespace weir::base::fault {

/// Reads the environment, once, before any thread is started; aborts on a malformed value.
void arm_from_environment();
/// Throws or stalls when this point is armed to.
void pass(const char* point);
/// True when this point is armed to fail its call.
bool fails(const char* point) noexcept;

}  // namespace weir::base::fault

#define WEIR_FAULT_POINT(name) ::weir::base::fault::pass(name)
#define WEIR_FAULT_FAILS(name) ::weir::base::fault::fails(name)

#else

namespace weir::base::fault {
inline void arm_from_environment() {}
}  // namespace weir::base::fault

#define WEIR_FAULT_POINT(name) static_cast<void>(0)
#define WEIR_FAULT_FAILS(name) false

#endif
