package words

func init() {
	families["backup-state"] = []string{"running", "done", "failed", "other"}
	families["backup-way"] = []string{"download", "file", "schedule", "drill", "other"}
}
