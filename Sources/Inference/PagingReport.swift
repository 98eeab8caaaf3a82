import ExpertStore

/// What paging has cost, under a name that those above can use without knowing the store.
public typealias PagingReport = PagingStatistics
