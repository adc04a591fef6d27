// Package kit makes what an auditor takes away: a zip with an export of the
// journal, checkpoints, witnesses' signatures, public keys, a page on the format,
// and verify.html, one file that verifies all of it in any browser, offline.
//
// The package's rule: verify.html reaches no verdict that chain would not. Its
// scripts in script/ are chain's verifier a second time, part by part, and
// .ci/browser/kit.mjs holds the two against each other over thousands of files,
// sound and tampered. A change in chain/verify*.go has its counterpart here.
//
// verify.html is assembled from its parts when it is first asked for, so that
// no generated copy can be older than its source. It holds no address, and its
// policy lets it run its one script, use its one style, and reach nothing.
package kit
