"""Where each of the twelve rules that keep the promises is tested: a rule without a test that is there fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

RULES: dict[str, dict[str, list[str]]] = {
    "1 judged once": {
        "records/test_judged_once.py": [
            "test_an_answer_that_was_lost_is_given_again_and_nothing_is_written_twice",
            "test_a_screening_whose_answer_was_lost_is_kept_once",
            "test_a_judgement_whose_transaction_fails_leaves_the_event_waiting",
        ],
        "records/test_any_sequence.py": ["test_the_record_says_what_the_pure_machine_says"],
        "workflows/test_lost_answers.py": ["test_an_answer_lost_after_the_commit_is_given_again"],
    },
    "2 timers are events": {
        "records/test_judged_once.py": [
            "test_the_window_of_a_decision_ends_in_an_event_named_after_its_version",
            "test_a_window_that_was_withdrawn_from_never_ends",
            "test_a_due_timer_comes_after_the_events_that_were_recorded_before_it_was_due",
            "test_reminders_and_escalations_are_recorded_and_leave_the_version",
        ],
        "records/test_facts_and_screenings.py": ["test_a_window_of_zero_starts_no_timer"],
        "cases/test_lifecycle_rules.py": ["test_a_timer_that_is_not_due_does_nothing"],
    },
    "3 a run starts from the head in the database": {
        "records/test_rings.py": [
            "test_a_deadline_that_nothing_woke_is_rung",
            "test_after_a_restart_every_open_case_is_rung_and_no_ended_one",
        ],
        "workers/test_reconciler.py": [
            "test_a_case_whose_run_is_gone_when_its_deadline_passes_is_started_again_and_goes_on",
            "test_temporals_file_is_lost_under_cases_in_every_stage_and_all_go_on",
        ],
        "workers/test_bootstrap.py": ["test_another_namespace_has_every_open_case_rung_and_the_same_one_none"],
    },
    "4 store epoch": {
        "records/test_judged_once.py": ["test_a_run_of_another_epoch_writes_nothing"],
        "records/test_rings.py": ["test_a_restore_raises_the_epoch_and_rings_all_that_is_open"],
        "workflows/test_lost_answers.py": ["test_a_run_of_an_older_epoch_ends_and_the_case_goes_on_under_the_new_one"],
    },
    "5 acceptance is durable": {
        "records/test_database.py": [
            "test_what_is_accepted_survives_a_power_cut_on_the_accepting_connection",
            "test_postgresql_is_told_to_wait_for_the_disk_on_every_commit",
            "test_a_full_disk_is_said_and_what_was_answered_stays",
        ],
        "end_to_end/test_crashes.py": ["test_nothing_is_lost_and_nothing_happens_twice"],
    },
    "6 order": {
        "records/test_judged_once.py": ["test_the_lowest_number_is_judged_first_and_the_order_is_recorded"],
        "records/test_rings.py": [
            "test_a_claimed_case_is_nobody_elses_until_its_lease_ends",
            "test_judging_ends_the_wait_and_a_zombies_ring_finds_nothing_to_do",
            "test_two_dispatchers_claim_different_cases_without_waiting",
        ],
        "records/test_inbox.py": ["test_what_is_waiting_is_found_by_its_state_alone"],
        "workers/test_dispatcher.py": [
            "test_a_case_whose_ringer_died_is_rung_again_when_the_lease_is_over",
            "test_two_dispatchers_on_one_inbox_start_each_case_once",
        ],
    },
    "7 ids": {
        "records/test_inbox.py": [
            "test_ids_are_random_and_never_the_senders",
            "test_an_event_that_comes_again_is_a_duplicate_under_its_first_id",
            "test_a_duplicate_is_known_long_after_its_case_has_ended",
            "test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing",
            "test_facts_of_a_case_that_was_never_received_are_refused_at_the_door",
            "test_a_double_click_is_one_event",
            "test_neither_the_senders_ids_nor_personal_data_stand_readable_in_the_database",
        ],
        "web/test_review.py": ["test_a_double_click_is_one_review"],
    },
    "8 one workflow a case, one disposition a round": {
        "records/test_constraints.py": [
            "test_a_second_disposition_of_a_round_is_refused",
            "test_a_disposition_needs_two_people_an_outcome_and_a_case",
        ],
        "workflows/test_case_review.py": ["test_a_late_event_starts_a_run_that_refuses_it_and_ends"],
        "workflows/test_lost_answers.py": [
            "test_an_event_that_arrives_while_the_run_ends_is_judged_before_it_ends",
            "test_an_event_that_arrives_while_the_run_continues_as_new_is_not_lost",
        ],
        "workers/test_dispatcher.py": [
            "test_most_first_tasks_come_back_with_the_start_itself",
            "test_a_ring_whose_answer_is_lost_is_made_again_and_judged_once",
        ],
    },
    "9 coded errors only": {
        "records/test_database.py": ["test_errors_never_hold_what_was_written"],
        "records/test_three_verdicts.py": ["test_what_cannot_be_read_is_no_outcome_and_waits"],
        "workers/test_no_personal_data.py": [
            "test_when_judging_has_a_bug",
            "test_when_the_database_refuses_a_statement",
        ],
        "workflows/test_lost_answers.py": [
            "test_a_bug_in_judging_holds_the_case_up_until_it_is_fixed_and_never_fails_it"
        ],
    },
    "10 one writer on SQLite, one transaction a record on PostgreSQL": {
        "records/test_database.py": [
            "test_one_writer_at_a_time_begins_at_once_on_sqlite",
            "test_a_unit_that_fails_hurts_no_neighbour_in_its_group",
            "test_a_group_is_answered_after_its_commit",
            "test_a_commit_that_fails_fails_all_of_its_group",
        ],
        "records/test_inbox.py": ["test_two_doors_that_take_the_same_events_at_once_take_each_once"],
    },
    "11 audit": {
        "records/test_constraints.py": ["test_the_audit_trail_cannot_be_changed_or_shortened"],
        "records/test_audit.py": [
            "test_an_entry_that_was_changed_is_found",
            "test_an_end_that_was_cut_off_together_with_the_head_is_found_by_its_event",
            "test_an_act_on_a_page_joins_the_chain_and_moves_nothing",
        ],
        "web/test_access.py": ["test_the_a_number_is_masked_until_it_is_asked_for_and_that_is_recorded"],
    },
    "12 every open case has a next actor or timer": {
        "cases/test_lifecycle_properties.py": ["test_every_open_case_has_a_next_actor_or_a_timer"],
        "records/test_status.py": [
            "test_a_healthy_docket_has_nothing_stuck_at_any_stage",
            "test_open_cases_that_nothing_moves_are_found",
        ],
    },
}


def test_there_are_twelve() -> None:
    assert [int(rule.split()[0]) for rule in RULES] == list(range(1, 13))


@pytest.mark.parametrize("rule", RULES)
def test_the_rules_tests_are_there(rule: str) -> None:
    for file, names in RULES[rule].items():
        there = set(
            re.findall(r"^(?:async )?def (test_\w+)\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert set(names) <= there, f"{file} lacks {sorted(set(names) - there)}"
