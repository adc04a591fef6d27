package words

func init() {
	families["backup-state"] = []string{"running", "done", "partial", "failed", "other"}
	families["backup-way"] = []string{"download", "file", "schedule", "drill", "other"}
}
