// Package assets embeds the third-party files of extraction. They come from
// npm by .ci/assets/fetch.go; their licences lie beside them.
package assets

import _ "embed"

// PDFium is PDFium built for WebAssembly by @hyzyla/pdfium, version in
// ui/sbom/assets.json.
//
//go:embed pdfium.wasm
var PDFium []byte
