package vectors

// accelerated: every arm64 processor has NEON.
var accelerated = true
