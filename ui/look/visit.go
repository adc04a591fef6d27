package look

// Guest is somebody of the sample firm that a visitor may come as.
type Guest struct {
	Login, Name, Role string
	Current           bool // the visitor is them now
}
