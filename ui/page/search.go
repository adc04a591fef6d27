package page

import "coffre/ui/look"

// Search is the list of passages that match some words.
type Search struct {
	look.Frame
	Query       string
	Collections []look.Choice // those the person may read; none selected means all
	Language    string        // the query's, as detected; may be empty
	Note        string        // why they were found by words alone; may be empty
	Hits        []Hit
	Fault       *look.Fault
}

// Hit is a passage; its runs mark the words that matched.
type Hit struct {
	DocumentID, Version, Title string
	Collection                 string
	Heading                    string
	Page                       int
	Start, End                 int
	Runs                       []Run
}

func (h Hit) source() Source {
	return Source{Title: h.Title, Heading: h.Heading, Page: h.Page}
}
