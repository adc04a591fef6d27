package health

import "context"

// readInbox tells whether what a copier puts in the watched folder arrives.
func readInbox(_ context.Context, s *subject) (string, Figures) {
	if s.Inbox == nil {
		return "off", nil
	}
	st, err := s.Inbox.State(s.t)
	if err != nil {
		return "unread", nil
	}
	f := Figures{"n": st.Waiting, "aside": st.AsideCount, "folder": Name(st.Plan.Folder), "shelf": st.RefusedDir}
	switch {
	case st.Plan.Folder == "":
		return "off", nil
	case st.Plan.Paused:
		return "paused", f
	case st.Fault != nil:
		f["why"] = Cause{st.Fault.Code, st.Fault.Params}
		return "away", f
	case st.Blocked != nil:
		f["why"] = Cause{st.Blocked.Code, st.Blocked.Params}
		return "blocked", f
	case st.Left > 0:
		f["n"] = st.Left
		return "readonly", f
	case st.AsideCount > 0:
		return "aside", f
	case len(st.Unmatched) > 0:
		f["n"] = len(st.Unmatched)
		return "unmatched", f
	}
	return "ok", f
}
