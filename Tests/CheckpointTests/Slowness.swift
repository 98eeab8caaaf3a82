import Glibc

/// How many times slower than a real machine this one may be: an emulator is ($MINKE_TEST_SLOWNESS).
let slowness = getenv("MINKE_TEST_SLOWNESS").flatMap { Int(String(cString: $0)) } ?? 1
