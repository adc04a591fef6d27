package words

func init() { families["restored-authority"] = []string{"kept", "none", "ends", "other"} }
