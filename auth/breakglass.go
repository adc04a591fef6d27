package auth

import "time"

// BreakGlassLasts is the longest session that the code on paper opens.
const BreakGlassLasts = time.Hour
