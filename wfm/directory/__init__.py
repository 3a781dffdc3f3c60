"""Who takes part, and which number, queue or tag stands for whom on which day.

Words: a *partner* is a municipality or the Region's administration; a *queue* is a waiting line of the telephone
system; a *dialled number* belongs to one partner on any day; a *service* (Leistung) has a LeiKa key and perhaps a
*tag*, the short word by which the telephone system or agents name it; a *target* is a named definition of service
level. Whatever is dated says on which days it holds: tables keep a range of days, files name the first and the last.
"""
