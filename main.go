// Command coffre is a private AI box for a firm: documents in, cited answers out.
package main

func main() {}
