package extract
import ("io")
func runDOCX(r io.ReaderAt, size int64, o Options) (Text, error) { return Text{}, nil }
