// Package release reads and writes release files: the programs of one version
// for several platforms, with what is to be known of them before any is run,
// signed by the project's release key.
//
// Its rule: nothing of a file is believed, unpacked or even kept before one of
// its signatures holds under a key that the program was linked with.
//
// The format (docs/developer.md, "Release files"), lines ending in LF:
//
//	coffre release 1
//	manifest N
//	<N bytes of JSON: Manifest>
//	signature ID BASE64        one to 8 lines
//	programs
//	<the programs, gzip, in the order of the manifest, nothing between or after>
//
// A signature is Ed25519 (RFC 8032) over "coffre release 1\n" and the N bytes. ID
// is the first 16 hex digits of the SHA-256 of the public key's 32 bytes.
package release
