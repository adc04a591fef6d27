package page

// OpenerTwo is what a form says that lets another key open backups.
type OpenerTwo struct {
	Guarded bool // that takes two people
	Alone   bool // nobody else could approve: the paper key and a delay
	Lost    bool // as ticked
	Reason  string
}

// kitTwo is what confirming a new kit needs; one that is in use already needs none.
func (v Backups) kitTwo() OpenerTwo {
	if v.Kit.Waiting == "" {
		return OpenerTwo{}
	}
	return v.Two
}

func (v Backups) kitQuestion() string {
	if v.Two.Guarded {
		return v.L.T("opener-two.kit-question")
	}
	return v.L.T("backups.kit-again-question")
}

func (v Backups) openerGo() string {
	if v.Two.Guarded {
		return v.L.T("approval.ask")
	}
	return v.L.T("backups.opener-go")
}
