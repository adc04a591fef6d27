package extract

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// TestRenderHostile: files made to hang, to fill the memory or to crash a
// renderer end within the bounds, as a picture or as one of the codes.
func TestRenderHostile(t *testing.T) {
	for _, path := range sharedFiles(t, "pdf-hostile") {
		if filepath.Ext(path) != ".pdf" {
			continue
		}
		began := time.Now()
		views, err := Render(context.Background(), RenderRequest{Path: path, Pages: []int{1}, Width: 1000, Layout: true, Options: Options{CacheDir: testCache(t), Timeout: 20 * time.Second}})
		code := CodeOf(err)
		if err != nil && code == "" {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		t.Logf("%s: %d views, code %q, %v", filepath.Base(path), len(views), code, time.Since(began).Round(time.Millisecond))
	}
}
