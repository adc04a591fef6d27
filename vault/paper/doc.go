// Package paper writes a 32-byte secret as 24 words that a person copies by hand
// and reads back, in French or in English.
//
// The encoding is BIP 39's (https://github.com/bitcoin/bips, MIT) without what it
// derives from the words: the secret and the first 8 bits of its SHA-256 are 264
// bits, eleven for each word of a list of 2048. Any program that knows BIP 39 gives
// the same 32 bytes back, so that the paper doesn't need this one. In both lists
// the first four letters, without accents, tell a word from all others: they are
// enough to read it back.
//
// The package writes nothing and knows no keys.
package paper
