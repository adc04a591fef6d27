package extract
import ("io";"context")
func runPDF(ctx context.Context, r io.ReaderAt, size int64, o Options) (Text, error) { return Text{}, nil }
