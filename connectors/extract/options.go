package extract

import "time"

// Options bound one extraction. Zero values take the defaults.
type Options struct {
	MaxFile  int64         `json:"max_file"`  // bytes of the file; 200 MB
	MaxText  int64         `json:"max_text"`  // bytes of Body; 32 MiB
	MaxPages int           `json:"max_pages"` // pages of a PDF; 5000
	Memory   int64         `json:"memory"`    // bytes of data the child may hold; 512 MiB
	Timeout  time.Duration `json:"timeout"`   // wall clock, and CPU seconds of the child; 120 s
	CacheDir string        `json:"cache_dir"` // for compiled PDFium, mode 0700; "" compiles each time (5 s)
}

func (o Options) withDefaults() Options {
	if o.MaxFile <= 0 {
		o.MaxFile = 200e6
	}
	if o.MaxText <= 0 {
		o.MaxText = 32 << 20
	}
	if o.MaxPages <= 0 {
		o.MaxPages = 5000
	}
	if o.Memory <= 0 {
		o.Memory = 512 << 20
	}
	if o.Timeout <= 0 {
		o.Timeout = 120 * time.Second
	}
	return o
}
