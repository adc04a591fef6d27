package words

func init() {
	families["unopened"] = []string{"damaged", "foreign-database", "checkpoint-key-missing", "restore-waits", "tenant-returning", "other"}
}
