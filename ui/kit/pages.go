package kit

import "embed"

// pages are the kit's own explanations, with {{tenant}} and {{made}} to be filled in.
//
//go:embed pages
var pages embed.FS
